import { goldenSuite } from "../support/goldenSuite.ts";

goldenSuite("inverse-probability");
