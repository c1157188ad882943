import { Monitor, Moon, Sun } from "lucide-react";
import { ToggleGroup } from "radix-ui";
import { setTheme, type Theme, useTheme } from "./theme";

const options = [
  { value: "light", label: "Light theme", Icon: Sun },
  { value: "dark", label: "Dark theme", Icon: Moon },
  { value: "system", label: "Theme of the system", Icon: Monitor },
] as const;

export function ThemeToggle() {
  const theme = useTheme();
  return (
    <ToggleGroup.Root
      type="single"
      className="segmented"
      aria-label="Theme"
      value={theme}
      onValueChange={(value) => value && setTheme(value as Theme)}
    >
      {options.map(({ value, label, Icon }) => (
        <ToggleGroup.Item key={value} value={value} aria-label={label} title={label} className="segmented-item">
          <Icon size={15} aria-hidden />
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
