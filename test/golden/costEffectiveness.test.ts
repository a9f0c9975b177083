import { goldenSuite } from "../support/goldenSuite.ts";

goldenSuite("cost-effectiveness");
