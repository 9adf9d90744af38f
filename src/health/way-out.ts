/** What mends something. */
export interface WayOut {
  /** A sentence with the commands. */
  text: string;
  /** A few words. */
  short: string;
}
