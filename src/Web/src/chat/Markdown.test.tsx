import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { Markdown } from "./Markdown";

const html = (text: string) => render(<Markdown text={text} />).container;

describe("Markdown", () => {
  it.each([
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "![x](https://evil.example/p.png)",
    "![x](data:image/svg+xml;base64,AAAA)",
    "<a href='javascript:alert(1)'>x</a>",
    "<iframe src='https://evil.example'></iframe>",
    "[x](vbscript:msgbox)",
    '<https://evil.example/" onmouseover="alert(1)>',
  ])("makes nothing dangerous of %s", (text) => {
    const container = html(text);
    expect(container.querySelector("img, script, iframe, [onerror], [onmouseover]")).toBeNull();
    for (const link of container.querySelectorAll("a")) expect(link.protocol).toMatch(/^https?:$/);
  });

  it("opens links apart and shows their host", () => {
    html("[docs](https://example.org/a)");
    const link = screen.getByRole("link");
    expect(link.getAttribute("href")).toBe("https://example.org/a");
    expect(link.getAttribute("rel")).toContain("noopener");
    expect(link.textContent).toContain("example.org");
  });

  it("does not repeat a host that the text shows", () => {
    html("https://example.org/a");
    expect(screen.getByRole("link").textContent).toBe("https://example.org/a");
  });

  it("renders what is still being written", () => {
    expect(html("```python\nprint(").querySelector("pre")?.textContent).toContain("print(");
    expect(html("| a | b |\n|--").textContent).toContain("a");
  });
});
