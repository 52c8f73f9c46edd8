/** What every door is to whoever opened it. */
export interface Door {
  /** Where clients find it: a path or a URL without its token. */
  readonly address: string;
  /** Drops its clients and leaves nothing behind; never fails. */
  close(): Promise<void>;
}

/** Why a door could not be opened, and what to do about it. */
export interface DoorError {
  readonly code: 'in-use' | 'not-private' | 'not-possible';
  readonly message: string;
}
