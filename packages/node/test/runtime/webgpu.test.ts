import { beforeAll, describe, expect, test } from "vitest";
import { nodeRuntime } from "../../src/runtime/nodeRuntime.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { runNode } from "./childProcess.ts";
import { swiftShaderEnvironment } from "./chromium.ts";
import { relativeError } from "./relativeError.ts";
import { outcomeOf, smallNetwork, type Outcome, type SmallOutput } from "./smallNetwork.ts";

const environment = swiftShaderEnvironment(temporaryFolder());

const onGpu = `
  import { availableDevices, nodeRuntime } from "./packages/node/src/runtime/nodeRuntime.ts";
  import { outcomeOf, smallNetwork } from "./packages/node/test/runtime/smallNetwork.ts";
  const { graph, feeds } = smallNetwork();
  const runtime = await nodeRuntime({ device: "webgpu" });
  const program = await runtime.compile(graph);
  const outcome = outcomeOf(await program.run(feeds));
  console.log(JSON.stringify({ devices: await availableDevices(), outcome }));
`;

describe.skipIf(environment === undefined)(
  "webgpu on SwiftShader (needs the Chromium that DEEPSTYLE_CHROMIUM names, or Debian's)",
  () => {
    let devices: readonly string[];
    let outcome: Outcome;
    let expected: Outcome;

    beforeAll(async () => {
      const { status, stdout, stderr } = await runNode(onGpu, environment);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      ({ devices, outcome } = JSON.parse(stdout) as { devices: string[]; outcome: Outcome });
      const runtime = await nodeRuntime({ device: "cpu" });
      const { graph, feeds } = smallNetwork();
      const program = await runtime.compile(graph);
      expected = outcomeOf(await program.run(feeds));
      await runtime.dispose();
      // Compiling shaders in software takes most of it.
    }, 120_000);

    test("is found", () => {
      expect(devices).toEqual(["webgpu", "cpu"]);
    });

    test.each<SmallOutput>(["style", "content", "smoothness", "total", "gradient"])(
      "computes %s as the CPU does, to 1e-3",
      (name) => {
        expect(relativeError(outcome[name], expected[name])).toBeLessThan(1e-3);
      },
    );
  },
);

test("a machine without a Vulkan driver has no webgpu and says so, without a crash", async () => {
  const { status, stdout } = await runNode(
    `
      import { availableDevices, nodeRuntime } from "./packages/node/src/runtime/nodeRuntime.ts";
      console.log((await availableDevices()).join());
      await nodeRuntime({ device: "webgpu" }).catch((error) => console.log(error.message));
    `,
    { ...environment, VK_ICD_FILENAMES: "none", VK_DRIVER_FILES: "none" },
  );
  expect(status).toBe(0);
  expect(stdout).toContain('device "webgpu" does not work on this machine; available: ');
  expect(stdout.split("\n")[0]).not.toContain("webgpu");
});
