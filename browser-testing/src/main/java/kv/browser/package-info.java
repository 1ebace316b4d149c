/**
 * A browser for the tests of pages: {@code Browser} drives a headless Chromium, and {@code Axe}
 * checks a page against the rules of accessibility.
 */
package kv.browser;
