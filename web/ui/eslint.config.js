import vueAccessibility from 'eslint-plugin-vuejs-accessibility'
import vue from 'eslint-plugin-vue'
import { globalIgnores } from 'eslint/config'
import typescript from 'typescript-eslint'

export default [
  globalIgnores(['dist/', '.fonts/', 'src/components.d.ts']),
  ...typescript.configs.strict,
  ...vue.configs['flat/recommended'],
  ...vueAccessibility.configs['flat/recommended'],
  {
    files: ['**/*.vue', '**/*.ts'],
    languageOptions: { parserOptions: { parser: typescript.parser } },
  },
  {
    rules: {
      // Layout of the templates is a matter of taste that no rule need settle.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      // A label that names its control by for= is enough.
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
      // A field of the editor of products is a label round its control.
      'vuejs-accessibility/form-control-has-label': ['error', { labelComponents: ['ComposeField'] }],
      // select changes when the user chooses, which is what is meant here.
      'vuejs-accessibility/no-onchange': 'off',
    },
  },
]
