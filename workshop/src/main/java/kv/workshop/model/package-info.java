/**
 * A model of step 5, in which every order of events and every crash is tried.
 *
 * <p>Start with {@link kv.workshop.model.Model}.
 */
package kv.workshop.model;
