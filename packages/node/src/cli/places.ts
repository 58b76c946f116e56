// The files that commands read and write, by role.

import { extname } from "node:path";
import { encoderNames } from "@deepstyle/core";
import { checkpointPlaces } from "../checkpoint/checkpointFiles.ts";
import type { ModelStore } from "../models/modelStore.ts";
import type { NetworkStore } from "../networks/networkStore.ts";
import { readPlace, type Place, type Places, type WrittenPlace } from "../system/places.ts";
import type { Job } from "./jobs.ts";
import type { RecipeWithFiles } from "./options.ts";
import type { GivenRegion } from "./regions.ts";
import type { StyleChoice } from "./styles.ts";
import { pageOf, type WatchFlags } from "./watching.ts";

/** `out-100.png` beside `out.png`. */
export function numberedPath(output: string, number: number): string {
  const extension = extname(output);
  return `${output.slice(0, output.length - extension.length)}-${number}${extension}`;
}

/** Values of the options of `dream` that name files. */
interface DreamPlaceFlags extends WatchFlags {
  readonly record?: string;
}

/** Every file that a dream reads and writes. */
export async function dreamPlaces(
  job: Job,
  flags: DreamPlaceFlags,
  models: ModelStore,
): Promise<Places> {
  return {
    reads: [{ path: job.content, role: "the photo" }, ...(await weightsPlaces(models))],
    writes: [...jobWrites([job], job, flags), ...flagWrites(flags)],
  };
}

/** Values of the options of `stylize` that name files, or say how many there are. */
interface StylizePlaceFlags extends DreamPlaceFlags {
  readonly region?: readonly GivenRegion[];
  readonly fineStyle?: string;
  readonly interpolate?: number;
  readonly film?: string;
  readonly preview?: true;
  readonly snapshots?: readonly number[];
  readonly checkpoint?: string;
  readonly trace?: string;
}

/** What is known of a run of `stylize` before it begins. */
interface StylizeRun {
  readonly jobs: readonly Job[];
  readonly flags: StylizePlaceFlags;
  readonly choice: StyleChoice;
  readonly recipe: Pick<RecipeWithFiles, "initial" | "reference">;
  readonly stores: { readonly models: ModelStore; readonly networks: NetworkStore };
}

/** Every file that painting reads and writes. */
export async function stylizePlaces(run: StylizeRun): Promise<Places> {
  const { jobs, flags, choice } = run;
  const writes = [
    ...jobs.flatMap((job) => jobWrites(jobs, job, flags)),
    ...flagWrites(flags),
    ...(flags.checkpoint === undefined
      ? []
      : await checkpointPlaces(flags.checkpoint, "picture", placeOfFlag("--checkpoint"))),
  ];
  const keepsWork = choice.kind === "paintings" && flags.interpolate === undefined;
  if (keepsWork && flags.checkpoint === undefined)
    for (const { output } of jobs)
      writes.push(
        ...(await checkpointPlaces(`${output}.checkpoint`, "picture", {
          ...{ role: "the checkpoint", remedy: outputRemedy(jobs), ifNeeded: true },
        })),
      );
  return { reads: await stylizeReads(run), writes };
}

async function stylizeReads({ jobs, flags, choice, recipe, stores }: StylizeRun): Promise<Place[]> {
  const isOptimised = choice.kind === "paintings";
  const styles = isOptimised
    ? choice.paintings.flatMap(({ picture }) => readPlace("the painting", picture))
    : readPlace("the network", stores.networks.pathOf(choice.network));
  const regions = (flags.region ?? []).flatMap(({ mask, style, styleMask }) => [
    ...readPlace("the mask of --region", mask),
    ...readPlace("the painting of --region", isOptimised ? style : undefined),
    ...readPlace("the style mask of --region", styleMask),
  ]);
  return [
    ...jobs.flatMap(({ content }) => readPlace("the photo", content)),
    ...styles,
    ...regions,
    ...readPlace("the painting of --fine-style", flags.fineStyle),
    ...readPlace("the picture of --init", recipe.initial),
    ...readPlace("the reference of --pixel-loss", recipe.reference),
    ...(await weightsPlaces(stores.models)),
  ];
}

/** The weights that are installed. None is for a picture to write over, whether it is needed or not. */
async function weightsPlaces(models: ModelStore): Promise<Place[]> {
  const places = encoderNames.map(async (name) =>
    readPlace(`the weights of ${name}`, await models.find(name)),
  );
  return (await Promise.all(places)).flat();
}

/** The picture of a photo, and what is named after it. */
function jobWrites(
  jobs: readonly Job[],
  { content, output }: Job,
  flags: StylizePlaceFlags,
): WrittenPlace[] {
  const { snapshots = [], interpolate = 0, preview, watch } = flags;
  const remedy = outputRemedy(jobs);
  const place = (path: string, what: string): WrittenPlace => ({
    ...{ path, remedy },
    role: jobs.length === 1 ? what : `${what} for ${content}`,
  });
  return [
    place(output, preview ? "the preview" : "the picture"),
    ...snapshots.map((at) => place(numberedPath(output, at), `snapshot ${at}`)),
    ...Array.from({ length: interpolate }, (_, i) =>
      place(numberedPath(output, i + 1), `picture ${i + 1} of --interpolate`),
    ),
    ...(watch === true ? [place(pageOf(watch, output), "the page of --watch")] : []),
  ];
}

function outputRemedy(jobs: readonly Job[]): string {
  return jobs.length === 1
    ? "Choose another output with -o."
    : "Choose another folder with -o, or stylize them one by one.";
}

/** What options name themselves. */
function flagWrites({ trace, record, timelapse, film, watch }: StylizePlaceFlags): WrittenPlace[] {
  const files = {
    ...{ "--trace": trace, "--record": record, "--timelapse": timelapse, "--film": film },
    "--watch": watch === true ? undefined : watch,
  };
  return Object.entries(files).flatMap(([flag, path]) =>
    path === undefined ? [] : [{ path, ...placeOfFlag(flag) }],
  );
}

function placeOfFlag(flag: string): Omit<WrittenPlace, "path"> {
  return { role: flag, remedy: `Choose another name with ${flag}.` };
}
