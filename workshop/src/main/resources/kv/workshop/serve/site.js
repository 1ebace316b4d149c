/*
 * The script of every page. The parts of a page that need more have scripts of their own.
 */
