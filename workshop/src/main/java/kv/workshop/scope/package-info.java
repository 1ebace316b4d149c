/**
 * The microscope: reads any store of the course while another process uses it, and describes it as
 * JSON for a page. {@link kv.workshop.scope.Microscope} has the routes; {@link
 * kv.workshop.scope.StoreFiles} reads a store.
 */
package kv.workshop.scope;
