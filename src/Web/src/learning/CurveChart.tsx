import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import { useColourScheme } from "../theme/theme";
import { inWords, number, type Series } from "./metrics";
import "uplot/dist/uPlot.min.css";

interface Props {
  series: Series;
  xName: string;
  /** Whole numbers that name things, such as versions: every one is a point and a tick. */
  discrete?: boolean;
  format?: (value: number) => string;
}

const height = 128;

export function CurveChart({ series, xName, discrete = false, format = number }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const scheme = useColourScheme();
  const [hovered, setHovered] = useState<number | null>(null);
  const { xs, ys, title, about, name } = series;

  // biome-ignore lint/correctness/useExhaustiveDependencies: data goes in below; a new scheme needs a new canvas.
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const made = new uPlot(optionsFor(element, discrete, setHovered), [xs, ys], element);
    plot.current = made;
    const observer = new ResizeObserver(() => {
      const width = element.clientWidth;
      if (width > 0 && width !== made.width) made.setSize({ width, height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [scheme, discrete]);

  useEffect(() => plot.current?.setData([xs, ys]), [xs, ys]);

  const at = hovered ?? ys.length - 1;
  const value = ys[at];
  return (
    <figure className="curve" data-testid="curve" data-metric={name}>
      <figcaption>
        <span className="curve-title">{title}</span>
        <span className="curve-value">
          {value === undefined ? "–" : format(value)}
          <small>
            {" "}
            {xName} {xs[at]}
          </small>
        </span>
        <span className="curve-about">
          {name.includes("/") && title !== name && <code>{name}</code>} {about}
        </span>
      </figcaption>
      <div ref={box} className="curve-box" role="img" aria-label={inWords(series, xName, format)} />
    </figure>
  );
}

function optionsFor(element: HTMLElement, discrete: boolean, onHover: (index: number | null) => void): uPlot.Options {
  const style = getComputedStyle(element);
  // The custom properties hold light-dark(); only a real property gives the colour in use.
  const colour = (property: "color" | "borderColor" | "outlineColor") => style[property];
  const axis: uPlot.Axis = {
    stroke: colour("outlineColor"),
    font: `11px ${style.fontFamily}`,
    grid: { stroke: colour("borderColor"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: Math.max(element.clientWidth, 120),
    height,
    padding: [8, 6, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: {
      x: { time: false, range: (_, min, max) => (min === max ? [min - 1, max + 1] : pad(min, max, discrete)) },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 22,
        gap: 3,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000],
        values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? `${discrete ? "v" : ""}${tick}` : "")),
      },
      { ...axis, size: 42, gap: 4, space: 30 },
    ],
    series: [
      {},
      {
        stroke: colour("color"),
        width: 1.75,
        // A line through one value is invisible.
        points: { show: (self) => discrete || self.data[0].length === 1, size: 7, fill: colour("color") },
        spanGaps: true,
      },
    ],
    hooks: { setCursor: [(self) => onHover(self.cursor.idx ?? null)] },
  };
}

function pad(min: number, max: number, discrete: boolean): [number, number] {
  return discrete ? [min - 0.35, max + 0.35] : [min, max];
}
