/**
 * The authors' tools: they keep the project's texts true to its code.
 *
 * <p>Start with {@link kv.workshop.authoring.Authoring}, the command line, and {@link
 * kv.workshop.authoring.Tutorial}, which weaves code and transcripts into a text. The tests of this
 * module check the rest of the texts: links, names, form and language.
 */
package kv.workshop.authoring;
