export {
  beta,
  binomial,
  chiSquared,
  type Distribution,
  fisherF,
  gamma,
  negativeBinomial,
  noncentralChiSquared,
  noncentralF,
  noncentralT,
  normal,
  poisson,
  studentT,
} from "./distributions/index.ts";
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
export { type BfgsOptions, bfgs } from "./optimize/bfgs.ts";
export { findRoot, type RootOptions } from "./optimize/findRoot.ts";
export { type IntervalOptions, minimiseOnInterval } from "./optimize/minimiseOnInterval.ts";
export { type NewtonOptions, newton, type SecondOrder } from "./optimize/newton.ts";
export type { Optimum } from "./optimize/optimum.ts";
export { gaussHermite, type QuadratureRule } from "./quadrature/gaussHermite.ts";
export { portableExp, portableLog } from "./random/elementary.ts";
export { type RandomStream, randomStream } from "./random/randomStream.ts";
export { logGamma } from "./special/logGamma.ts";
export { dot, mean, productError, sum } from "./summation.ts";
