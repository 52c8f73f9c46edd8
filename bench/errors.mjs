/** A bench lacks something that it needs: it has no ratio then, and the message is why. */
export class Unmeasurable extends Error {}
