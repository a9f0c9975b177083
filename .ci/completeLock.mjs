// Completes package-lock.json with the builds of tools for other platforms.
//
// A registry that holds packages for some platforms only leaves the others out of the lock file that npm writes, and
// `npm ci` then refuses the lock ("Missing: … from lock file"). Each missing package is an exact version that its parent
// names, and its platform is its name, so the entry can be written without the registry. Installing there fetches it as
// usual; installing elsewhere skips it. Run after `npm install NAME`: node .ci/completeLock.mjs
import { readFileSync, writeFileSync } from "node:fs";

const path = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(path, "utf8"));

const systems = ["android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const processors = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64", "wasm32"];

/** The fields by which npm decides whether a package suits a machine. */
function platformOf(name) {
  const words = name.split(/[-/]/);
  const os = words.filter((word) => systems.includes(word));
  const cpu = words.filter((word) => processors.includes(word));
  const libc = words.some((word) => word.startsWith("musl"))
    ? ["musl"]
    : os.includes("linux") && cpu.length > 0
      ? ["glibc"]
      : [];
  if (cpu.length !== 1 || (os.length !== 1 && cpu[0] !== "wasm32"))
    throw new Error(`${name} does not say its platform`);
  return { cpu, ...(libc.length > 0 && { libc }), ...(os.length > 0 && { os }) };
}

/** Where Node would find `name` for the package at `from`: the nearest entry upwards. */
function resolve(from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    const candidate = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    const found = lock.packages[candidate];
    if (found !== undefined) return found;
    if (folder === "") return undefined;
  }
}

let added = 0;
for (const [from, parent] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const found = resolve(from, name);
    if (found !== undefined && (found.version === version || !/^\d/.test(version))) continue;
    if (!/^\d/.test(version)) throw new Error(`${from} wants ${name} ${version}, which is not one version`);
    lock.packages[`${from}/node_modules/${name}`] = {
      version,
      ...platformOf(name),
      ...(parent.dev && { dev: true }),
      optional: true,
    };
    added++;
  }
}
const [root, ...rest] = Object.entries(lock.packages);
lock.packages = Object.fromEntries([root, ...rest.sort(([a], [b]) => (a < b ? -1 : 1))]);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added} packages for other platforms added\n`);
