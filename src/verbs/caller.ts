/** The person or program that a verb works for: hears its notes, and is asked where a person can answer. */
export interface Caller {
  /** Says a line beside the document of the verb. */
  note(text: string): void;
  /** Asks a person yes or no; absent where no person can answer. */
  readonly confirm?: (question: string) => Promise<boolean>;
}
