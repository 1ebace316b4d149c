/**
 * The course in a browser: the command {@code serve}. Read {@link kv.workshop.serve.Serve} first,
 * which puts the parts together, then {@link kv.workshop.serve.Site}, the server, and
 * {@link kv.workshop.serve.Page}, the frame of every page.
 */
package kv.workshop.serve;
