export type { Block } from "./block.ts";
export { compareAnalyses, sideBySide } from "./compareAnalyses.ts";
export { claimsTable, describeAnalysis } from "./describeAnalysis.ts";
export { describeDerived } from "./describeDerived.ts";
export { acceptabilityCurve, costEffectivenessPlane, economicFigures, type Figure } from "./economicFigures.ts";
export { type ForestOptions, type ForestRow, forestPlot, forestRows } from "./forestPlot.ts";
export { formatDf, formatLevel, formatNumber, formatP, formatWithin } from "./formatNumber.ts";
export { renderMarkdown } from "./renderMarkdown.ts";
export { renderText } from "./renderText.ts";
