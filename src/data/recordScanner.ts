/** Finds where records end, so that a stream can be cut between two of them. */
export interface RecordScanner {
  /** Line on which the next record begins; the first line is 1. */
  readonly line: number;
  /** Is the scan inside quotes? */
  readonly quoted: boolean;
  /**
   * Scans on from where the last scan stopped and reports the begin line of every record that ends in `bytes`. The
   * first byte of `bytes` begins a record. `final`: no more bytes will come.
   *
   * @returns end of the last complete record in `bytes`, 0 when none ends there.
   */
  scan(bytes: Uint8Array, final: boolean, begins: (line: number) => void): number;
}

const quote = 34;
const newline = 10;
const carriageReturn = 13;

/** Records end at LF, CR LF or CR outside quotes; an empty line is a record too. */
export function recordScanner(): RecordScanner {
  let quoted = false;
  let line = 1;
  let recordLine = 1;
  let scanned = 0;
  return {
    get line() {
      return recordLine;
    },
    get quoted() {
      return quoted;
    },
    scan(bytes, final, begins) {
      let recordStart = 0;
      let at = scanned;
      for (; at < bytes.length; at++) {
        const byte = bytes[at]!;
        if (byte > quote) continue;
        if (byte === quote) quoted = !quoted;
        else if (byte === newline || byte === carriageReturn) {
          if (byte === carriageReturn) {
            // Whether LF follows is not known until the next bytes come.
            if (at + 1 === bytes.length && !final) break;
            if (bytes[at + 1] === newline) at++;
          }
          line++;
          if (quoted) continue;
          begins(recordLine);
          recordStart = at + 1;
          recordLine = line;
        }
      }
      scanned = at - recordStart;
      return recordStart;
    },
  };
}
