/** Unit in which visits are timed. */
export type TimeUnit = "years" | "months" | "weeks" | "days";

/** Units in a year: 12 months, 365.25 days, 365.25/7 weeks. */
export const unitsPerYear: Readonly<Record<TimeUnit, number>> = {
  years: 1,
  months: 12,
  weeks: 365.25 / 7,
  days: 365.25,
};
