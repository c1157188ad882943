import { Check, Copy } from "lucide-react";
import { type ComponentProps, memo, type ReactNode, useEffect, useRef, useState } from "react";
import ReactMarkdown, { type Components, type Options } from "react-markdown";
import { harden } from "rehype-harden";
import remarkGfm from "remark-gfm";
import { useCopied } from "./useCopied";
import "./markdown.css";

type RehypePlugins = NonNullable<Options["rehypePlugins"]>;

// A model's text is untrusted: no raw HTML (react-markdown makes none), no image that would tell a foreign host who reads what.
const hardened: RehypePlugins = [
  [
    harden,
    {
      defaultOrigin: location.origin,
      allowedLinkPrefixes: ["*"],
      allowedImagePrefixes: [],
      linkBlockPolicy: "text-only",
      imageBlockPolicy: "text-only",
    },
  ],
];

const components: Components = {
  a: SafeLink,
  img: ImageText,
  pre: CodeBlock,
  table: WideTable,
  // An answer stands below the page's own headings.
  h1: "h3",
  h2: "h4",
  h3: "h5",
  h4: "h6",
};

export const Markdown = memo(function Markdown({ text }: { text: string }) {
  const highlight = useHighlighter(text.includes("```"));
  return (
    <div className="markdown">
      <ReactMarkdown
        remarkPlugins={[remarkGfm]}
        rehypePlugins={highlight ? [...highlight, ...hardened] : hardened}
        components={components}
      >
        {text}
      </ReactMarkdown>
    </div>
  );
});

let loaded: RehypePlugins | undefined;

/** The highlighter and its grammars are the largest part of the client, and most answers hold no code. */
function useHighlighter(needed: boolean): RehypePlugins | undefined {
  const [plugin, setPlugin] = useState(loaded);
  useEffect(() => {
    if (!needed || plugin) return;
    let gone = false;
    void import("rehype-highlight")
      .then(({ default: rehypeHighlight }) => {
        loaded = [[rehypeHighlight, { detect: false }]];
        if (!gone) setPlugin(loaded);
      })
      // Code without colours is still code.
      .catch(() => undefined);
    return () => {
      gone = true;
    };
  }, [needed, plugin]);
  return needed ? plugin : undefined;
}

function SafeLink({ href, children }: ComponentProps<"a">) {
  if (!href) return <>{children}</>;
  const host = hostOf(href);
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
      {host && !textOf(children).includes(host) && <span className="link-host"> ({host})</span>}
    </a>
  );
}

function ImageText({ alt }: ComponentProps<"img">) {
  return <span className="image-text">[image not shown{alt ? `: ${alt}` : ""}]</span>;
}

function WideTable({ children }: ComponentProps<"table">) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard.
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms.
    <div role="group" className="wide-table" aria-label="Table" tabIndex={0}>
      <table>{children}</table>
    </div>
  );
}

function CodeBlock({ children }: ComponentProps<"pre">) {
  const pre = useRef<HTMLPreElement>(null);
  const [copied, copy] = useCopied();
  const language = languageOf(children);
  return (
    <div className="code-block">
      <div className="code-head">
        <span>{language ?? "text"}</span>
        <button type="button" className="button quiet small" onClick={() => void copy(pre.current?.textContent ?? "")}>
          {copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
          {copied ? "Copied" : "Copy code"}
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
      <pre ref={pre} tabIndex={0}>
        {children}
      </pre>
    </div>
  );
}

function languageOf(children: ReactNode): string | undefined {
  const code = Array.isArray(children) ? children[0] : children;
  const className = (code as { props?: { className?: string } } | undefined)?.props?.className;
  return /language-([\w+#-]+)/.exec(className ?? "")?.[1];
}

function hostOf(href: string): string | undefined {
  try {
    const url = new URL(href);
    return url.protocol === "mailto:" ? url.pathname : url.host;
  } catch {
    return undefined;
  }
}

function textOf(node: ReactNode): string {
  if (typeof node === "string" || typeof node === "number") return String(node);
  if (Array.isArray(node)) return node.map(textOf).join("");
  return textOf((node as { props?: { children?: ReactNode } } | null | undefined)?.props?.children ?? "");
}
