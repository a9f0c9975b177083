import type { Analysis, Curve, NotEstimable } from "../contract/analysis.ts";
import { axes, colourOf, legend } from "./axes.ts";
import { formatNumber } from "./formatNumber.ts";
import { svgDocument, xml } from "./svg.ts";

const WIDTH = 620;
const HEIGHT = 440;

/** A figure and what to call its file. */
export interface Figure {
  readonly name: string;
  readonly svg: string;
}

/** Every figure that an analysis holds the numbers for: cost-effectiveness plane and acceptability curve; mostly none. */
export function economicFigures(analysis: Analysis | NotEstimable): readonly Figure[] {
  const plane = costEffectivenessPlane(analysis);
  const curve = acceptabilityCurve(analysis);
  const name = analysis.id.replace(/[^\w.-]+/g, "-");
  return [
    ...(plane === null ? [] : [{ name: `${name}-plane.svg`, svg: plane }]),
    ...(curve === null ? [] : [{ name: `${name}-acceptability.svg`, svg: curve }]),
  ];
}

/**
 * The cost-effectiveness plane as SVG text: a point for every draw that the analysis kept, difference in effect to the
 * right, difference in cost upwards, a larger point for each estimate, and the lowest threshold as a line through the
 * origin; draws below it are worth their cost. null for an analysis without draws of cost and effect.
 */
export function costEffectivenessPlane(analysis: Analysis | NotEstimable): string | null {
  if (analysis.problem !== null || analysis.draws === null) return null;
  const { draws, estimates } = analysis;
  const arms = draws.terms.flatMap((term, k) => {
    const arm = /^incremental-cost(?:\[(.*)\])?$/.exec(term);
    return arm === null ? [] : [{ name: arm[1] ?? null, at: k }];
  });
  if (arms.length === 0 || draws.values.length === 0) return null;
  const estimateOf = (term: string) => estimates.find(({ quantity }) => quantity.term === term);
  // With several arms the control has the first colour, in the acceptability curve.
  const firstColour = arms.length > 1 ? 1 : 0;
  const found = arms.map(({ name, at }, k) => ({
    name,
    colour: colourOf(firstColour + k),
    cost: estimateOf(draws.terms[at]!)!,
    effect: estimateOf(draws.terms[at + 1]!)!,
    points: draws.values.map((row) => [row[at + 1]!, row[at]!] as const),
  }));
  const domain = (which: 0 | 1) => {
    const all = found.flatMap(({ points }) => points.map((point) => point[which]));
    return [Math.min(0, ...all), Math.max(0, ...all)] as const;
  };
  const frame = axes({
    width: WIDTH,
    height: HEIGHT,
    xDomain: domain(0),
    yDomain: domain(1),
    xLabel: `difference in ${found[0]!.effect.quantity.unit} (intervention − control)`,
    yLabel: `difference in ${found[0]!.cost.quantity.unit} (intervention − control)`,
  });
  const threshold = estimates
    .flatMap(({ quantity: { term } }) => /^net-benefit\[(?:.*,)?([^,\]]+)\]$/.exec(term)?.slice(1) ?? [])
    .map(Number)[0];
  const { x, y, left, right, top, bottom, marks } = frame;
  return svgDocument(
    {
      width: WIDTH,
      height: HEIGHT,
      title: `${analysis.id}: cost-effectiveness plane`,
      description: found
        .map(
          ({ name, cost, effect, points }) =>
            `${name === null ? "" : `${name}: `}${formatNumber(cost.value)} ${cost.quantity.unit} and ${formatNumber(effect.value)} ${effect.quantity.unit} more than the control; ${points.length} draws`,
        )
        .join("; "),
    },
    [
      `<clipPath id="inside"><rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}"/></clipPath>`,
      ...marks,
      `<path d="M${x(0)},${top}V${bottom}M${left},${y(0)}H${right}" stroke="#999" stroke-dasharray="3 3"/>`,
      ...(threshold === undefined ? [] : [thresholdLine(threshold, domain(0), x, y)]),
      ...(threshold === undefined
        ? []
        : [
            `<text x="${right - 4}" y="${bottom - 8}" text-anchor="end" fill="#666">${xml(
              `line: ${formatNumber(threshold)} ${found[0]!.cost.quantity.unit} per ${found[0]!.effect.quantity.unit}`,
            )}</text>`,
          ]),
      ...found.map(({ colour, points }) => cloud(points, colour, x, y)),
      ...found.map(
        ({ colour, cost, effect }) =>
          `<circle cx="${x(effect.value)}" cy="${y(cost.value)}" r="5" fill="${colour}" stroke="#fff" stroke-width="1.5"/>`,
      ),
      ...(found.length > 1
        ? legend(
            found.map(({ name }) => name ?? ""),
            frame,
            firstColour,
          )
        : []),
    ],
  );
}

/** One path of dots is a third of the size of a circle each. */
function cloud(
  points: readonly (readonly [number, number])[],
  colour: string,
  x: (value: number) => number,
  y: (value: number) => number,
): string {
  const path = points.map(([effect, cost]) => `M${x(effect)},${y(cost)}h0`).join("");
  return `<path d="${path}" stroke="${colour}" stroke-width="3" stroke-linecap="round" stroke-opacity="0.3"/>`;
}

function thresholdLine(
  threshold: number,
  [low, high]: readonly [number, number],
  x: (value: number) => number,
  y: (value: number) => number,
): string {
  const [from, to] = [2 * low, 2 * high];
  return `<path d="M${x(from)},${y(threshold * from)}L${x(to)},${y(threshold * to)}" stroke="#999" clip-path="url(#inside)"><title>threshold ${formatNumber(threshold)}</title></path>`;
}

/**
 * The cost-effectiveness acceptability curve as SVG text: the probability that an arm is worth its cost by what a unit of
 * effect may cost; with several arms one curve each. null for an analysis without such curves.
 */
export function acceptabilityCurve(analysis: Analysis | NotEstimable): string | null {
  if (analysis.problem !== null || analysis.curves === null) return null;
  const curves = analysis.curves.filter(({ name }) => /^acceptability(\[|$)/.test(name));
  const first = curves[0];
  if (first === undefined) return null;
  const names = curves.map(({ name }) => /\[(.*)\]$/.exec(name)?.[1] ?? "");
  const ends = first.points.map(([threshold]) => threshold);
  const frame = axes({
    width: WIDTH,
    height: HEIGHT,
    xDomain: [Math.min(...ends), Math.max(...ends)],
    yDomain: [0, 1],
    xLabel: `threshold: ${first.x}`,
    yLabel: "probability of being cost-effective",
  });
  return svgDocument(
    {
      width: WIDTH,
      height: HEIGHT,
      title: `${analysis.id}: cost-effectiveness acceptability`,
      description: curves.map((curve, k) => words(curve, names[k]!)).join("; "),
    },
    [
      ...frame.marks,
      ...curves.map(({ points }, k) => {
        const path = points
          .map(([threshold, probability]) => `${frame.x(threshold)},${frame.y(probability)}`)
          .join("L");
        return `<path d="M${path}" fill="none" stroke="${colourOf(k)}" stroke-width="2"/>`;
      }),
      ...(curves.length > 1 ? legend(names, frame) : []),
    ],
  );
}

const words = ({ points }: Curve, name: string): string => {
  const [from, to] = [points[0]!, points.at(-1)!];
  return `${name === "" ? "" : `${name}: `}${formatNumber(from[1])} at ${formatNumber(from[0])}, ${formatNumber(to[1])} at ${formatNumber(to[0])}`;
};
