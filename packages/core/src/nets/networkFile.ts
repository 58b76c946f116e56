import {
  constant,
  createGraph,
  decodeFloat16,
  decodeModel,
  encodeFloat16,
  encodeGraph,
  FormatError,
  input,
  ops,
  symbol,
  tensorOf,
  tensor,
  type Graph,
  type OnnxTensor,
  type Value,
} from "@deepstyle/engine";
import * as v from "valibot";
import { WeightsError } from "../errors.ts";
import { parseBoundedJson } from "../weights/boundedJson.ts";
import {
  expectWeights,
  networkKinds,
  networkNorms,
  networkPaddings,
  networkParameters,
  networkWidths,
  upsamplings,
  type Architecture,
  type NetworkWeights,
} from "./architecture.ts";
import { batchNormInference, conditionalInstanceNorm, type NetworkValues } from "./normalise.ts";
import { transformer } from "./transformer.ts";

const wholeNumber = v.pipe(v.number(), v.integer(), v.minValue(1));

const architectureSchema = v.strictObject({
  kind: v.picklist(networkKinds),
  width: v.picklist(networkWidths),
  norm: v.picklist(networkNorms),
  upsample: v.picklist(upsamplings),
  padding: v.picklist(networkPaddings),
  blocks: v.pipe(wholeNumber, v.maxValue(64)),
  separable: v.boolean(),
  styles: v.pipe(wholeNumber, v.maxValue(1024)),
});

/** A style that a network has learnt, and where it comes from. */
export interface NetworkStyle {
  /** What it is called on the command line. */
  readonly name: string;
  /** Title of the painting. */
  readonly title?: string | undefined;
  readonly artist?: string | undefined;
  /** When the painting was made. */
  readonly year?: string | undefined;
  /** Where the picture of the painting came from. */
  readonly source?: string | undefined;
  /** What may be done with the painting. */
  readonly licence?: string | undefined;
  /** Shorter side in pixels at which the painting was learnt, where it is not that of all. */
  readonly size?: number | undefined;
}

const text = v.optional(v.string());

const styleSchema: v.GenericSchema<unknown, NetworkStyle> = v.object({
  name: v.string(),
  title: text,
  artist: text,
  year: text,
  source: text,
  licence: text,
  size: v.optional(wholeNumber),
});

const aboutSchema = v.object({
  format: v.literal(1),
  architecture: architectureSchema,
  styles: v.array(styleSchema),
  training: v.record(v.string(), v.unknown()),
});

/** A trained network with all that is known of it. */
export interface Network {
  readonly architecture: Architecture;
  readonly weights: NetworkWeights;
  /** As many as the architecture says, in the order of its tables. */
  readonly styles: readonly NetworkStyle[];
  /** How it was trained: settings, final losses. Plain JSON. */
  readonly training: Readonly<Record<string, unknown>>;
}

/** The key of our entry in the file's metadata. */
const metadataKey = "deepstyle";

/** Weights in memory and in files. */
export type Precision = "float32" | "float16";

/**
 * The graph of a network in use: `image`, RGB in [0, 1], `[1, 3, h, w]`, to `stylized` of the same
 * size, clipped to [0, 1]. With several styles `mixture`, `[1, styles]`, says how much of each.
 *
 * @param precision - how weights are stored; computing is in float32
 */
export function networkGraph(
  { architecture, weights }: Pick<Network, "architecture" | "weights">,
  precision: Precision = "float32",
): Graph<"stylized"> {
  const image = input("image", [1, 3, symbol("h"), symbol("w")]);
  return createGraph({ stylized: stylizedImage({ architecture, weights }, image, precision) });
}

/**
 * What a network makes of a picture, as part of a graph; see {@link networkGraph}.
 *
 * @param image - RGB in [0, 1], `[1, 3, h, w]`
 * @returns of the same size, clipped to [0, 1]
 */
export function stylizedImage(
  { architecture, weights }: Pick<Network, "architecture" | "weights">,
  image: Value,
  precision: Precision = "float32",
): Value {
  expectWeights(architecture, weights);
  const { styles, norm } = architecture;
  const mixture = styles === 1 ? constant(tensor([1], [1, 1])) : input("mixture", [1, styles]);
  const normalise =
    norm === "batch" ? batchNormInference(mixture) : conditionalInstanceNorm(mixture);
  const values = constantValues({ architecture, weights }, precision);
  return ops.clip(transformer(architecture, image, values, normalise), { min: 0, max: 1 });
}

/** The tensors of a network as constants. */
export function constantValues(
  { architecture, weights }: Pick<Network, "architecture" | "weights">,
  precision: Precision = "float32",
): NetworkValues {
  const entries = networkParameters(architecture).map(({ name, shape }) => {
    const data = weights.get(name)! as Float32Array<ArrayBuffer>;
    const value =
      precision === "float32"
        ? constant(tensor(data, shape), name)
        : ops.cast(constant(tensorOf("float16", encodeFloat16(data), shape), name), "float32");
    return [name, value] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * A network as an ONNX file that any runtime loads: symbolic height and width, weights in float16,
 * all that is known of it in the metadata.
 *
 * @throws {OptionError} if weights do not fit the architecture
 */
export function encodeNetwork(network: Network): Uint8Array {
  const { architecture, styles, training } = network;
  const about = { format: 1, architecture, styles, training };
  return encodeGraph(networkGraph(network, "float16"), {
    name: styles.map(({ name }) => name).join(", "),
    metadata: { [metadataKey]: JSON.stringify(about) },
  });
}

/**
 * Reads a network back from its ONNX file.
 *
 * @throws {FormatError} if the bytes are not a complete ONNX model
 * @throws {WeightsError} if the model is not one of deepstyle's networks, or damaged
 */
export function decodeNetwork(file: Uint8Array): Network {
  const { metadata, graph } = decodeModel(file);
  const entry = metadata[metadataKey];
  if (entry === undefined)
    throw new WeightsError(
      `the ONNX file has no "${metadataKey}" entry in its metadata: expected a network made by deepstyle train.`,
    );
  const about = parseAbout(entry);
  const { architecture, styles, training } = about;
  if (styles.length !== architecture.styles)
    throw new WeightsError(
      `the network's metadata name ${styles.length} styles; expected ${architecture.styles}. The file is damaged.`,
    );
  const byName = new Map(graph.initialisers.map((found) => [found.name, found]));
  const weights = new Map<string, Float32Array>();
  for (const { name } of networkParameters(architecture)) {
    const found = byName.get(name);
    if (found === undefined)
      throw new WeightsError(`the network's file lacks the tensor "${name}". The file is damaged.`);
    weights.set(name, numbersOf(found));
  }
  expectWeights(architecture, weights);
  return { architecture, weights, styles, training };
}

function parseAbout(entry: string): v.InferOutput<typeof aboutSchema> {
  let json: unknown;
  try {
    json = parseBoundedJson(entry);
  } catch (cause) {
    throw new WeightsError("the network's metadata are no JSON. The file is damaged.", { cause });
  }
  const result = v.safeParse(aboutSchema, json);
  if (result.success) return result.output;
  const [{ path, message }] = result.issues;
  const at = path?.map(({ key }) => String(key)).join(".") ?? "";
  throw new WeightsError(
    `the network's metadata are not understood at "${at}": ${message}. It may be of a later version.`,
  );
}

function numbersOf({ name, dtype, data }: OnnxTensor): Float32Array {
  // A copy is aligned, whatever the file's offset.
  const { buffer } = data.slice();
  if (dtype === "float32") return new Float32Array(buffer);
  if (dtype === "float16") return decodeFloat16(new Uint16Array(buffer));
  throw new FormatError(`tensor "${name}" is ${dtype}; expected float16 or float32.`);
}
