/* SPDX-License-Identifier: MIT */
/* Red-black trees: random insertions and removals, every rule after each. */
#include <lib/rbtree.h>
#include <lt/compiler.h>

#include "unit.h"

#define NODES 400

struct item {
	struct rb_node node;
	int key;
	int sum;		/* augmented: of the subtree */
	bool in;
};

static struct item items[NODES];
static struct rb_tree tree;

static struct item *item(struct rb_node *n)
{
	return rb_entry(n, struct item, node);
}

static bool augment(struct rb_node *n)
{
	struct item *i = item(n);

	i->sum = i->key + (n->left ? item(n->left)->sum : 0) +
		(n->right ? item(n->right)->sum : 0);
	return true;
}

static void insert(struct item *i)
{
	struct rb_node **link = &tree.root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = i->key < item(parent)->key ? &parent->left :
			&parent->right;
	}
	rb_link(&i->node, parent, link);
	rb_insert_fixup(&tree, &i->node, augment);
	i->in = true;
}

/* => black height */
static int check_subtree(struct rb_node *n, int *count)
{
	int left, right, sum;

	if (!n)
		return 1;
	++*count;
	assert_true(!n->left || n->left->parent == n);
	assert_true(!n->right || n->right->parent == n);
	if (n->red)
		assert_false((n->left && n->left->red) ||
			     (n->right && n->right->red));
	left = check_subtree(n->left, count);
	right = check_subtree(n->right, count);
	assert_int_equal(left, right);
	sum = item(n)->sum;
	augment(n);
	assert_int_equal(sum, item(n)->sum);
	return left + !n->red;
}

static void check_tree(void)
{
	struct rb_node *n = rb_first(&tree), *last = NULL;
	int count = 0, seen = 0, expect = 0;

	assert_true(!tree.root || !tree.root->red);
	assert_true(!tree.root || !tree.root->parent);
	check_subtree(tree.root, &count);
	for (; n; last = n, n = rb_next(n)) {
		assert_true(!last || item(last)->key <= item(n)->key);
		seen++;
	}
	for (int i = 0; i < NODES; i++)
		expect += items[i].in;
	assert_int_equal(seen, expect);
	assert_int_equal(count, expect);
}

static void random_operations(void **state)
{
	for (unsigned seed = 1; seed <= 5; seed++) {
		srand(seed);
		tree.root = NULL;
		for (int i = 0; i < NODES; i++)
			items[i].in = false;
		for (int op = 0; op < 4000; op++) {
			struct item *i = &items[rand() % NODES];

			if (i->in) {
				rb_remove(&tree, &i->node, augment);
				i->in = false;
			} else {
				i->key = rand() % 300;
				insert(i);
			}
			if (op % 8 == 0)
				check_tree();
		}
		while (tree.root) {
			struct item *i = item(tree.root);

			rb_remove(&tree, &i->node, augment);
			i->in = false;
			check_tree();
		}
	}
}

static void ascending(void **state)
{
	tree.root = NULL;
	for (int i = 0; i < NODES; i++) {
		items[i].in = false;
		items[i].key = i;
	}
	for (int i = 0; i < NODES; i++)
		insert(&items[i]);
	check_tree();
	for (int i = 0; i < NODES; i++) {
		rb_remove(&tree, &items[i].node, augment);
		items[i].in = false;
	}
	assert_null(tree.root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_operations),
		cmocka_unit_test(ascending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
