import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "@deepstyle/engine";
import { removeBatch, subjectsIn, writeBatch, type Run, type Subject } from "./subjects.ts";

/** What became of the damaged files of one format. */
export interface Tally {
  readonly name: string;
  readonly files: number;
  /** Painted, or read to the end. */
  readonly accepted: number;
  /** Refused in one line of our own. */
  readonly refused: number;
  /** How often each code was seen among the refused: in JSON, or where the run was to show its causes. */
  readonly codes: Readonly<Record<string, number>>;
  /** First words of the errors that are none of ours, and of messages with control characters. */
  readonly foreign: readonly string[];
  /** Of one run of the command, of computing: how busy the machine is does not count. */
  readonly slowestSeconds: number;
  /** Bytes of the largest file. */
  readonly largestFile: number;
  /** Bytes that the process had at most, so far. */
  readonly peakMemory: number;
}

/**
 * Gives damaged files of every format to the command.
 *
 * @param counts - files of images, and of our own formats
 * @param onTally - told about each format when it is done
 */
export async function runMutations(
  run: Run,
  seed: number,
  counts: { readonly images: number; readonly own: number },
  onTally: (tally: Tally) => void = () => undefined,
): Promise<Tally[]> {
  const folder = mkdtempSync(join(tmpdir(), "deepstyle-mutations-"));
  try {
    const { images, own } = await subjectsIn(folder);
    const tallies: Tally[] = [];
    for (const [subjects, count] of [
      [images, counts.images],
      [own, counts.own],
    ] as const) {
      const shares = subjects.reduce((sum, { share }) => sum + share, 0);
      for (const subject of subjects) {
        const tally = await runSubject(
          run,
          subject,
          Math.ceil((count * subject.share) / shares),
          seed,
        );
        tallies.push(tally);
        onTally(tally);
      }
    }
    return tallies;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runSubject(run: Run, subject: Subject, files: number, seed: number): Promise<Tally> {
  const random = seededRandom(seed);
  let [accepted, refused, slowestSeconds, largestFile] = [0, 0, 0, 0];
  const foreign = new Set<string>();
  const codes = new Map<string, number>();
  for (let first = 0; first < files; first += subject.batch) {
    const count = Math.min(subject.batch, files - first);
    largestFile = Math.max(largestFile, writeBatch(subject, first, count, random));
    const started = process.cpuUsage();
    const debug = random.integer(2) === 0 ? ["--debug"] : [];
    const { status, out, err } = await run(...subject.argv(random), ...debug);
    const { user, system } = process.cpuUsage(started);
    slowestSeconds = Math.max(slowestSeconds, (user + system) / 1e6);
    for (const [, code] of (subject.batch > 1 ? out : err).matchAll(/\bcode"?: ?["'](ERR_\w+)/g))
      codes.set(code!, (codes.get(code!) ?? 0) + 1);
    const problem = problemIn(err + out, debug.length > 0);
    if (problem !== undefined) foreign.add(`${subject.name} ${seed}:${first}: ${problem}`);
    const failed =
      subject.batch === 1 ? Number(status !== 0) : (out.match(/"error":/g) ?? []).length;
    refused += failed;
    accepted += count - failed;
    removeBatch(subject, first, count);
  }
  const peakMemory = process.resourceUsage().maxRSS * 1024;
  const { name } = subject;
  return {
    ...{ name, files, accepted, refused, foreign: [...foreign] },
    codes: Object.fromEntries(codes),
    ...{ slowestSeconds, largestFile, peakMemory },
  };
}

/**
 * What is wrong with what a command said.
 *
 * @param debug - whether it was to show causes, of which the outermost has to be one of ours
 */
function problemIn(text: string, debug: boolean): string | undefined {
  const ours = /^deepstyle: (Media|File|Record|Option|Weights|Format|RuntimeUnavailable)Error/m;
  const foreign = debug && !ours.test(text) ? /^deepstyle: \w*Error.*/m : /unexpected: .*/;
  const unexpected = foreign.exec(text)?.[0];
  if (unexpected !== undefined) return unexpected.slice(0, 200);
  // eslint-disable-next-line no-control-regex
  const raw = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/.exec(text);
  if (raw !== null) return `raw control character ${JSON.stringify(raw[0])}`;
  if (debug) return undefined;
  const long = text.split("\n").find((line) => line.length > 5000 && !line.startsWith(" "));
  return long === undefined ? undefined : `a line of ${long.length} characters`;
}
