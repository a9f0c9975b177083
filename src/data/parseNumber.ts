/**
 * The number that a cell writes in decimal notation (3, -3, +2, .5, 1e5), or NaN when it writes none.
 *
 * Hexadecimal, "Infinity", thousands separators and decimal commas are not numbers. Neither is a whole number beyond
 * 2⁵³ − 1: it is an identifier, and two of them would become one if they were rounded.
 */
export function parseNumber(cell: string): number {
  const value = Number(cell);
  if (value === 0 ? cell.trim() === "" : !Number.isFinite(value)) return Number.NaN;
  if (cell.length > 2 && cell.charCodeAt(0) === 48 && notDecimal.test(cell)) return Number.NaN;
  if ((value > Number.MAX_SAFE_INTEGER || value < -Number.MAX_SAFE_INTEGER) && digitsOnly.test(cell)) return Number.NaN;
  return value;
}

const notDecimal = /^0[xob]/i;
const digitsOnly = /^[+-]?\d+$/;

/** Does the cell write a number with a comma: "3,5" or "1,250"? */
export const hasDecimalComma = (cell: string): boolean =>
  /^[+-]?(\d{1,3}(,\d{3})+(\.\d+)?|\d{1,3}(\.\d{3})*,\d+|\d*,\d+)([eE][+-]?\d+)?$/.test(cell);
