import { Tooltip } from "radix-ui";
import type { ComponentProps } from "react";

type Props = Omit<ComponentProps<"button">, "aria-label"> & { label: string; hint?: string };

/** A button that is only an icon: its name is both its tooltip and what screen readers say. */
export function IconButton({ label, hint, className = "", children, ...rest }: Props) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>
        <button type="button" aria-label={label} className={`icon-button ${className}`} {...rest}>
          {children}
        </button>
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content className="tooltip" sideOffset={5}>
          {hint ?? label}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
