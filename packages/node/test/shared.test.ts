import { afterEach, describe, expect, it, vi } from "vitest";
import { sharedPath } from "./shared.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("sharedPath", () => {
  it("is undefined for an absent file, so that a test can skip", () => {
    vi.stubEnv("CI", "");
    expect(sharedPath("no-such-folder", "no-such-file")).toBeUndefined();
  });

  it("throws for an absent file under continuous integration, so that no test can skip", () => {
    vi.stubEnv("CI", "true");
    expect(() => sharedPath("no-such-folder", "no-such-file")).toThrow(
      "with CI=true it must exist",
    );
  });
});
