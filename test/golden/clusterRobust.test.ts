import { goldenSuite } from "../support/goldenSuite.ts";

goldenSuite("cluster-robust");
