import { useMe } from "./useMe";

/** The version that answers now. It flashes when another one takes over. */
export function LiveVersion() {
  const version = useMe().data?.live?.version;
  return (
    <span className="live-version" data-testid="live-version" data-version={version} key={version}>
      <span className="live-dot" aria-hidden />
      {version === undefined ? "Loading model" : `v${version} live`}
    </span>
  );
}
