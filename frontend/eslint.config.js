import { readFileSync } from 'node:fs'
import vue from 'eslint-plugin-vue'
import a11y from 'eslint-plugin-vuejs-accessibility'
import ts from 'typescript-eslint'
import vueParser from 'vue-eslint-parser'

/** Colours live in the token file only; a hex value anywhere else, style blocks included, is an error. */
const noHex = {
  meta: { type: 'problem', schema: [], messages: { hex: 'Colour {{value}} belongs in src/app/tokens.css; use a token.' } },
  create(context) {
    return {
      Program() {
        const text = readFileSync(context.filename, 'utf8')
        for (const m of text.matchAll(/(?<![&\w/])#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3,4})\b(?![\w-])/g)) {
          context.report({ loc: context.sourceCode.getLocFromIndex(m.index), messageId: 'hex', data: { value: m[0] } })
        }
      },
    }
  },
}

const htmlSinks = ['innerHTML', 'outerHTML', 'insertAdjacentHTML'].map((name) => ({
  selector: `MemberExpression[property.name='${name}']`,
  message: `${name} is not used: build elements or use a component.`,
}))

export default ts.config(
  { ignores: ['dist/**', 'node_modules/**', 'src/gen/**'] },
  ...ts.configs.recommended,
  ...vue.configs['flat/recommended'],
  ...a11y.configs['flat/recommended'],
  {
    files: ['**/*.vue', '**/*.ts'],
    languageOptions: {
      parser: vueParser,
      parserOptions: { parser: ts.parser, ecmaVersion: 'latest', sourceType: 'module' },
    },
    plugins: { tc: { rules: { 'no-hex': noHex } } },
    rules: {
      'no-restricted-syntax': ['error', ...htmlSinks],
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'tc/no-hex': 'error',
      'vue/no-v-html': 'error',
      'vue/no-v-text-v-html-on-component': 'error',
      'vue/multi-word-component-names': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/attributes-order': 'off',
      'vue/require-default-prop': 'off',
      // A nested or associated label is enough, as in WCAG; the plugin's default wants both.
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
      'vuejs-accessibility/no-autofocus': 'off',
    },
  },
)
