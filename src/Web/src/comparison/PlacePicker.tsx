import { useId } from "react";
import { ordinal } from "./ranks";

interface Props {
  answer: number;
  count: number;
  place: number | null;
  disabled: boolean;
  onPlace(place: number): void;
}

/** The place of one answer among the others. */
export function PlacePicker({ answer, count, place, disabled, onPlace }: Props) {
  const name = useId();
  return (
    <fieldset className="place-picker" disabled={disabled}>
      <legend className="visually-hidden">Place of answer {answer}</legend>
      <span className="place-label" aria-hidden>
        Place
      </span>
      {Array.from({ length: count }, (_, i) => i + 1).map((value) => (
        <label key={value} className="place">
          <input
            type="radio"
            name={name}
            value={value}
            data-testid={`place-${value}`}
            checked={place === value}
            onChange={() => onPlace(value)}
          />
          <span>{ordinal(value)}</span>
        </label>
      ))}
    </fieldset>
  );
}
