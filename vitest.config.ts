import { defineConfig } from "vitest/config";

export default defineConfig({
  // Packages are read from their sources, so tests need no build.
  resolve: { conditions: ["deepstyle-src"] },
  ssr: { resolve: { conditions: ["deepstyle-src"] } },
  test: {
    // Some tests load ONNX Runtime themselves.
    env: { ORT_DISABLE_TELEMETRY: "1" },
    include: ["packages/*/test/**/*.test.ts"],
    pool: "forks",
    // A busy machine is no fault: a browser that starts cold takes longer than the default of 10 s.
    hookTimeout: 120_000,
    // ONNX Runtime has a thread pool of its own.
    maxWorkers: 1,
    // Some tests run a network; on a busy machine of two cores that takes a while.
    testTimeout: 90_000,
    coverage: { provider: "v8", include: ["packages/*/src/**/*.ts"] },
  },
});
