declare const brand: unique symbol;

/** A value that says whose view it is: a `FrontendAddr` is not a `GuestAddr` though both are bigints. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
