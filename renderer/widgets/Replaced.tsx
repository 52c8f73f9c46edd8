/**
 * A text that is replaced as a whole when it changes. The browser then has no old place to compare with, so a
 * number that grows to the left, or a sentence whose middle changes, is no shift of the layout.
 */
export function Replaced({ text, className }: { text: string; className?: string | undefined }) {
  return (
    <span key={text} className={className}>
      {text}
    </span>
  );
}
