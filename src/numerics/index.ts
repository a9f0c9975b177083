export {
  cholesky,
  choleskyInverse,
  choleskyLogDeterminant,
  choleskySolve,
  type PivotedCholesky,
  pivotedCholesky,
  solveLower,
  solveLowerTransposed,
} from "./matrix/cholesky.ts";
export { symmetricEigen } from "./matrix/eigen.ts";
export { type PowerScratch, powerScratch, symmetricPower } from "./matrix/power.ts";
export { multiply, multiplyTransposed, quadraticForm, sandwich, traceOfProduct } from "./matrix/product.ts";
export { pseudoInverse } from "./matrix/pseudoInverse.ts";
export { type LeastSquares, leastSquares } from "./matrix/qr.ts";
export { dot, mean, productError, sum } from "./summation.ts";
