import { goldenSuite } from "../support/goldenSuite.ts";

goldenSuite("generalised-linear-mixed-model");
