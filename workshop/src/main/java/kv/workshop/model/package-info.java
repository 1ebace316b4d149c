/**
 * Models of step 5 and of the engine, in which every order of events and every crash is tried.
 *
 * <p>Start with {@link kv.workshop.model.Model}.
 */
package kv.workshop.model;
