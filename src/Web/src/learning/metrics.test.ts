import { describe, expect, it } from "vitest";
import { inWords, number, seriesOf } from "./metrics";

describe("seriesOf", () => {
  it("groups by name in the order of the page, unknown names last", () => {
    const names = ["zeta", "objective/kl", "reward_model/loss"];
    const series = seriesOf(names.map((name) => ({ name, step: 1, value: 1 })));
    expect(series.map(({ name }) => name)).toEqual(["reward_model/loss", "objective/kl", "zeta"]);
  });

  it("sorts steps and keeps the later of two values of one step", () => {
    const point = (step: number, value: number) => ({ name: "objective/kl", step, value });
    expect(seriesOf([point(2, 5), point(1, 1), point(2, 6)])[0]).toMatchObject({ xs: [1, 2], ys: [1, 6] });
  });

  it("puts a curve into words", () => {
    const [series] = seriesOf([1, 3, 2].map((value, i) => ({ name: "objective/kl", step: i + 1, value })));
    expect(series && inWords(series, "step", number)).toBe(
      "KL to the reference: from 1 at step 1 to 2 at step 3, lowest 1, highest 3, 3 values.",
    );
  });
});
