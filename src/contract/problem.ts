import { designPhrases } from "./phrases/design.ts";
import { inputPhrases } from "./phrases/input.ts";
import { numericalPhrases } from "./phrases/numerical.ts";

/** A structured detail of a problem or a notice; it survives JSON. */
export type Fact = number | string | boolean | null | readonly (number | string | null)[];
export type Facts = Readonly<Record<string, Fact>>;

/** A table from code to the sentence that says it. */
type Phrases = Readonly<Record<string, (facts: never) => string>>;
type Code<P extends Phrases> = keyof P & string;
export type FactsOf<P extends Phrases, C extends keyof P> = Parameters<P[C]>[0];

/** What went wrong, as a code, structured facts and one sentence with the remedy. */
export interface ProblemRecord {
  readonly code: string;
  readonly message: string;
  readonly facts: Facts;
}

/** Parent of the four kinds; `kind` decides the exit code of the command line. */
export class Problem extends Error implements ProblemRecord {
  readonly kind: "input" | "design" | "numerical" | "defect";
  readonly code: string;
  readonly facts: Facts;

  constructor(kind: Problem["kind"], code: string, message: string, facts: Facts) {
    super(message);
    this.name = { input: "InputProblem", design: "DesignProblem", numerical: "NumericalProblem", defect: "Defect" }[
      kind
    ];
    this.kind = kind;
    this.code = code;
    this.facts = facts;
  }
}

const say = <P extends Phrases>(phrases: P, code: Code<P>, facts: unknown) =>
  (phrases[code] as (facts: unknown) => string)(facts);

/** The caller gave something that cannot be: a file, a column, a value, an option. */
export class InputProblem<C extends Code<typeof inputPhrases> = Code<typeof inputPhrases>> extends Problem {
  constructor(code: C, facts: FactsOf<typeof inputPhrases, C>) {
    super("input", code, say(inputPhrases, code, facts), facts as Facts);
  }
}

/** The data cannot answer this question, however well the code behaves. */
export class DesignProblem<C extends Code<typeof designPhrases> = Code<typeof designPhrases>> extends Problem {
  constructor(code: C, facts: FactsOf<typeof designPhrases, C>) {
    super("design", code, say(designPhrases, code, facts), facts as Facts);
  }
}

/** Arithmetic failed where it could have succeeded; the facts carry the state. */
export class NumericalProblem<C extends Code<typeof numericalPhrases> = Code<typeof numericalPhrases>> extends Problem {
  constructor(code: C, facts: FactsOf<typeof numericalPhrases, C>) {
    super("numerical", code, say(numericalPhrases, code, facts), facts as Facts);
  }
}

/** Ours: a state that the code promised could not happen. */
export class Defect extends Problem {
  constructor(message: string, facts: Facts = {}) {
    super(
      "defect",
      "defect",
      `${message}. This is a defect of clustrial; please report it with the plan that caused it.`,
      facts,
    );
  }
}
