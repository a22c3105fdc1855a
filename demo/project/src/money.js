/** 1250 -> "12.50" */
export function formatCents(cents) {
  return (cents / 100).toFixed(2);
}
