import { goldenSuite } from "../support/goldenSuite.ts";

goldenSuite("linear-mixed-model");
