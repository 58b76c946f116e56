import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ModelStore } from "deepstyle";

/**
 * The weights for the examples: those in the folder `shared` beside the repository, or installed
 * ones. Without those of the network that is asked for, the example says how to get them and ends; with
 * CI=true that is a failure.
 */
export async function modelsOrExit(network = "vgg19"): Promise<ModelStore> {
  const shared = fileURLToPath(new URL("../../../shared/weights", import.meta.url));
  const store = new ModelStore(existsSync(shared) ? { models: shared } : {});
  try {
    await store.read(network);
    return store;
  } catch (error) {
    if (process.env["CI"] === "true") throw error;
    console.log(`Nothing to do: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(0);
  }
}

/** The path of one of the example pictures. */
export function examplePicture(name: string): string {
  return fileURLToPath(new URL(`../pictures/${name}`, import.meta.url));
}
