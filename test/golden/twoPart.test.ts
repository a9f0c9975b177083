import { goldenSuite } from "../support/goldenSuite.ts";

goldenSuite("two-part");
