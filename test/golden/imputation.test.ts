import { goldenSuite } from "../support/goldenSuite.ts";

goldenSuite("imputation");
