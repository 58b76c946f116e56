/**
 * Whether the borders of tiles can be seen in a picture that was optimised in tiles: the mean step from pixel
 * to pixel into each row and column, relative to those of the 16 around it, at the borders of tiles, at
 * other multiples of 16, where the deepest pooling begins anew, too, and everywhere else. Prints a table and writes crops around crossings of borders, with a mark above and beside
 * each border.
 *
 * `npm run ts -- bench/seams.ts PICTURE --side 708 [--encoder lite] [--models DIR] [--crops DIR]`
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  encoderOptionsOf,
  ModelStore,
  objectiveTiles,
  planOf,
  readImage,
  recipeOptions,
  settleRecipe,
  writeImage,
  type Raster,
} from "deepstyle";
import { cut } from "../scripts/support/cut.ts";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    side: { type: "string", default: "708" },
    encoder: { type: "string", default: "lite" },
    models: { type: "string" },
    crops: { type: "string" },
  },
});

/** Rows or columns on each side that a line is compared with. */
const around = 8;

/** Side of a crop in pixels. */
const cropSide = 480;

/** Mean absolute step into each row, or column, relative to those around it; 1 near the edges. */
function relativeSteps({ width, height, data }: Raster, axis: "rows" | "columns"): Float64Array {
  const steps = new Float64Array(axis === "rows" ? height : width);
  const back = axis === "rows" ? width : 1;
  for (let at = 0; at < 3 * width * height; at++) {
    const line = axis === "rows" ? Math.floor(at / width) % height : at % width;
    if (line > 0) steps[line]! += Math.abs(data[at]! - data[at - back]!);
  }
  return steps.map((step, line) => {
    if (line <= around || line >= steps.length - around) return 1;
    const window = steps.subarray(line - around, line + around + 1);
    return (2 * around * step) / (window.reduce((sum, other) => sum + other) - step);
  });
}

/** White where a border lies, in the outermost pixels of a square alone. */
function mark({ width: side, data }: Raster, column: number, row: number): void {
  for (let c = 0; c < 3; c++)
    for (let i = 0; i < 12; i++) {
      data[(c * side + i) * side + column] = 1;
      data[(c * side + row) * side + i] = 1;
    }
}

const picture = await readImage(positionals[0]!);
const recipe = settleRecipe(recipeOptions.parse({ encoder: options.encoder }));
const encoder = await new ModelStore({ models: options.models }).loadEncoder(
  recipe.encoder,
  encoderOptionsOf(recipe),
);
const { criterion } = planOf(recipe, picture);
const grid = objectiveTiles(encoder, criterion, picture, Number(options.side));
console.log(
  `${picture.width}×${picture.height} px, ${grid.tiles.length} tiles of ${grid.width}×${grid.height} px`,
);
console.log(
  "| steps into | borders: mean | largest | other multiples of 16: mean | largest | elsewhere: mean | largest |",
);
console.log(
  "| ---------- | ------------- | ------- | --------------------------- | ------- | --------------- | ------- |",
);
const borders = { rows: [] as number[], columns: [] as number[] };
for (const axis of ["rows", "columns"] as const) {
  const starts = new Set(grid.tiles.map(({ own }) => own[axis].from).filter((from) => from > 0));
  borders[axis] = [...starts];
  const steps = relativeSteps(picture, axis);
  const lines = [...steps.keys()];
  const kinds = [
    borders[axis],
    lines.filter((line) => line > 0 && line % 16 === 0 && !starts.has(line)),
    lines.filter((line) => line % 16 !== 0),
  ];
  const figures = kinds.flatMap((kind) => {
    const found = kind.map((line) => steps[line]!);
    return [found.reduce((sum, step) => sum + step, 0) / found.length, Math.max(...found)];
  });
  console.log(`| ${[axis, ...figures.map((x) => x.toFixed(3))].join(" | ")} |`);
}
if (options.crops !== undefined) {
  await mkdir(options.crops, { recursive: true });
  for (const share of [0.2, 0.5, 0.8]) {
    const [row, column] = (["rows", "columns"] as const).map(
      (axis) => borders[axis][Math.floor(share * borders[axis].length)]!,
    ) as [number, number];
    const left = Math.min(Math.max(column - cropSide / 2, 0), picture.width - cropSide);
    const top = Math.min(Math.max(row - cropSide / 2, 0), picture.height - cropSide);
    const square = cut(picture, { left, top, width: cropSide, height: cropSide });
    mark(square, column - left, row - top);
    await writeImage(join(options.crops, `crossing-${column}-${row}.png`), square);
  }
}
