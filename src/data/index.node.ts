export { readCsvFile } from "./csvFile.node.ts";
