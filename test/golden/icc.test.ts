import { goldenSuite } from "../support/goldenSuite.ts";

goldenSuite("icc");
