import type { CliCommand } from "./command.ts";
import { analyseCommand } from "./commands/analyse.ts";
import { auditCommand } from "./commands/audit.ts";
import { checkCommand } from "./commands/check.ts";
import { deriveCommand } from "./commands/derive.ts";
import { iccCommand } from "./commands/icc.ts";
import { methodsCommand } from "./commands/methods.ts";
import { rebuildCommand } from "./commands/rebuild.ts";
import { reproduceCommand } from "./commands/reproduce.ts";
import { schemaCommand } from "./commands/schema.ts";

/** Every command, in the order in which help lists them. */
export const commands: readonly CliCommand[] = [
  analyseCommand,
  checkCommand,
  deriveCommand,
  iccCommand,
  auditCommand,
  rebuildCommand,
  reproduceCommand,
  methodsCommand,
  schemaCommand,
];
