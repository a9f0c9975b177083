import { goldenSuite } from "../support/goldenSuite.ts";

goldenSuite("wild-cluster-bootstrap");
